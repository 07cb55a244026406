"""The forms: what each kind of record asks for (design/domain.md, "Records"), as data.

A name in English here is a key of the catalogue. The order of fields is that of a page: what, how much,
where, who; the form says what may stay empty.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from types import MappingProxyType

from suyuan.core.farm.form import Field, Form
from suyuan.core.story_values import Said

MASS = ("斤", "公斤", "吨", "两", "克")
VOLUME = ("升", "毫升")
PACKS = ("袋", "瓶", "包", "桶", "箱", "盒", "筐", "件")
PIECES = ("个", "株", "头", "只", "羽", "枚", "粒", "把", "朵", "尾")
AREAS = ("亩", "分", "公顷", "平方米")

_DAY = Field("day", "day", Said("Day"), "day", required=True)
_TIME = Field("time", "time", Said("Time"), "time", help=Said("For example 07:30; may stay empty"))
_HEAD = (_DAY, _TIME)
_SEASON = Field("season", "season", Said("Season"), "season", required=True)
_PLOTS = Field("plots", "plots", Said("Plots"), "plots", required=True)
_PENS = Field("plots", "plots", Said("Pens"), "plots", required=True)
_AREA = Field("area", "area", Said("Area"), "area", units=AREAS)
_PLACE = Field("place", "place", Said("Place"), "place")
_TAIL = (
    Field("person", "text", Said("Who did it"), "voc:person/name", help=Said("Only you and the "
          "regulator see names")),
    Field("member", "party", Said("Member"), "voc:person/id"),
    Field("phone", "text", Said("Phone"), "voc:person/phone"),
    Field("note", "text", Said("Note"), "voc:note", private=True,
          help=Said("Only you and the regulator see it")),
)  # fmt: skip
_PURPOSE = Field("purpose", "text", Said("Against what, or what for"), "voc:purpose")
_PACK_CODES = Field(
    "pack_codes", "texts", Said("Pack codes"), "voc:packCodes",
    help=Said("32 digits on a pesticide's pack, 24 on a veterinary drug's; scan or type them"),
)  # fmt: skip
_PRICE = Field("price", "money", Said("Paid, in yuan"), "voc:price")
_INVOICE = Field("invoice", "text", Said("Invoice or receipt number"), "voc:invoice/number")
_HEADS = Field("heads", "count", Said("Animals treated"), "voc:heads/treated")
_TAGS = Field("tags", "texts", Said("Ear tags"), "voc:earTags")
_QUARANTINE = Field(
    "quarantine", "text", Said("Quarantine certificate number"), "voc:quarantineCertificate"
)
_CARRIER = (
    Field("carrier", "text", Said("Carrier"), "voc:carrier"),
    Field("vehicle", "text", Said("Vehicle"), "voc:vehicle", private=True),
)
_HOW_LONG = Decimal(400)
"""Days: no label asks for more between the last application and the harvest or slaughter."""


def _items(
    name: str, label: Said, at: str, units: tuple[str, ...], *, required: bool = True
) -> Field:
    return Field(name, "items", label, at, required=required, units=units)


def _days(name: str, label: Said, at: str, help_: Said | None = None) -> Field:
    return Field(name, "count", label, at, most=_HOW_LONG, help=help_)


_NOT_STATED = Said("As on the label; leave empty what it does not state")

_FORMS = (
    Form(
        "purchase", "purchase", Said("Inputs bought"), "ObjectEvent", ("receiving",),
        (
            *_HEAD,
            _items("items", Said("What was bought"), "about", (*PACKS, *MASS, *VOLUME, *PIECES)),
            Field("source", "party", Said("Dealer"), "source"),
            Field("seller", "text", Said("Dealer's name"), "voc:seller/name"),
            Field("licence", "text", Said("Dealer's permit"), "voc:seller/licence"),
            _PRICE, _INVOICE, _PACK_CODES, _QUARANTINE, _PLACE, *_TAIL,
        ),
    ),
    Form(
        "sale_of_input", "sale_of_input", Said("Inputs sold"), "ObjectEvent", ("retail_selling",),
        (
            *_HEAD,
            _items("items", Said("What was sold"), "about", (*PACKS, *MASS, *VOLUME, *PIECES)),
            Field("buyer", "party", Said("Buyer"), "destination", required=True),
            Field("buyer_name", "text", Said("Buyer's name"), "voc:buyer/name"),
            Field("buyer_phone", "text", Said("Buyer's phone"), "voc:buyer/phone"),
            Field("buyer_number", "text", Said("Buyer's identity number"), "voc:buyer/idNumber"),
            _PURPOSE, _PRICE, _INVOICE, _PACK_CODES, _PLACE, *_TAIL,
        ),
    ),
    Form(
        "sowing", "sowing", Said("Sowing or planting"), "TransformationEvent", ("sowing",),
        (
            *_HEAD, _SEASON, _PLOTS, _AREA,
            _items("items", Said("Seed or seedlings"), "inputs",
                   ("斤", "株", "支", *PACKS, "公斤", "克", "粒")),
            Field("method", "choice", Said("How"), "voc:method", choices={
                "direct": Said("Sown in place"), "transplanting": Said("Seedlings set out"),
                "grafting": Said("Grafted"), "division": Said("Divided roots"),
                "other": Said("Otherwise")}),
            *_TAIL,
        ),
    ),
    Form(
        "stocking", "stocking", Said("Animals brought in"), "TransformationEvent",
        ("stocking_animals",),
        (
            *_HEAD, _SEASON, _PENS,
            _items("items", Said("Animals"), "inputs", ("头", "只", "羽", "尾")),
            Field("age", "count", Said("Age in days"), "voc:ageDays", most=Decimal(10_000)),
            Field("weight", "amount", Said("Weight in all"), "voc:weight", units=MASS),
            Field("origin", "choice", Said("Where they come from"), "voc:animalsFrom", choices={
                "outside": Said("Bought, or brought from elsewhere"),
                "own": Said("Born here on the farm")}),
            _TAGS,
            replace(_QUARANTINE, unless=("origin", "own"), help=Said(
                "Of animals from elsewhere; those that were born here need none: choose that above")),
            Field("seller", "text", Said("Bought from"), "voc:seller/name"),
            *_TAIL,
        ),
    ),
    Form(
        "spraying", "applying", Said("Pesticide applied"), "TransformationEvent", ("applying",),
        (
            *_HEAD, _SEASON, _PLOTS, _AREA,
            _items("items", Said("Pesticide"), "inputs", ("毫升", "克", "瓶", "袋", "升", "公斤", "斤")),
            _PURPOSE,
            Field("dilution", "text", Said("Dilution"), "voc:dilution", help=Said("For example 1:800")),
            Field("equipment", "text", Said("Sprayer"), "voc:equipment"),
            _days("interval", Said("Days before harvest"), "voc:preHarvestInterval/days", _NOT_STATED),
            Field("interval_source", "text", Said("Where it says so"), "voc:preHarvestInterval/source"),
            *_TAIL,
        ),
    ),
    Form(
        "fertilising", "applying", Said("Fertiliser applied"), "TransformationEvent", ("applying",),
        (
            *_HEAD, _SEASON, _PLOTS, _AREA,
            _items("items", Said("Fertiliser"), "inputs", ("斤", "公斤", "袋", "吨", "升", "立方米")),
            Field("method", "choice", Said("How"), "voc:method", choices={
                "base": Said("Base dressing"), "top": Said("Top dressing"),
                "leaf": Said("On the leaves"), "drip": Said("With the water"),
                "other": Said("Otherwise")}),
            Field("purpose", "text", Said("What for"), "voc:purpose"), *_TAIL,
        ),
    ),
    Form(
        "treating", "applying", Said("Veterinary drug given"), "TransformationEvent", ("applying",),
        (
            *_HEAD, _SEASON, _PENS,
            _items("items", Said("Drug"), "inputs", ("毫升", "克", "瓶", "袋", "支", "盒")),
            _HEADS, _TAGS,
            Field("purpose", "text", Said("Diagnosis"), "voc:purpose"),
            Field("route", "choice", Said("How it was given"), "voc:route", choices={
                "injection": Said("Injected"), "feed": Said("In the feed"),
                "water": Said("In the drinking water"), "skin": Said("On the skin"),
                "other": Said("Otherwise")}),
            _days("withdrawal", Said("Withdrawal period in days"), "voc:withdrawal/days", _NOT_STATED),
            Field("prescription", "text", Said("Prescription number"), "voc:prescription"),
            Field("veterinarian", "text", Said("Veterinarian"), "voc:operator/name"),
            *_TAIL,
        ),
    ),
    Form(
        "feeding", "feeding", Said("Feeding"), "TransformationEvent", ("feeding",),
        (
            *_HEAD, _SEASON, _PENS,
            _items("items", Said("Feed"), "inputs", ("公斤", "斤", "袋", "吨")),
            Field("heads", "count", Said("Animals fed"), "voc:heads/fed"),
            *_TAIL,
        ),
    ),
    Form(
        "irrigating", "irrigating", Said("Irrigation"), "ObjectEvent", ("irrigating",),
        (
            *_HEAD, _SEASON, _PLOTS, _AREA,
            Field("water", "amount", Said("Water"), "voc:water", units=("立方米", "升", "吨")),
            Field("hours", "number", Said("Hours"), "voc:hours", most=Decimal(1000)),
            Field("method", "choice", Said("How"), "voc:method", choices={
                "flood": Said("Flooded"), "furrow": Said("In furrows"),
                "sprinkler": Said("Sprinkled"), "drip": Said("Dripped"),
                "drain": Said("Drained"), "other": Said("Otherwise")}),
            *_TAIL,
        ),
    ),
    Form(
        "field_work", "field_work", Said("Field work"), "ObjectEvent", ("field_work",),
        (
            *_HEAD, _SEASON, _PLOTS, _AREA,
            Field("work", "choice", Said("What work"), "voc:work", required=True, choices={
                "ploughing": Said("Ploughing"), "weeding": Said("Weeding"),
                "hoeing": Said("Loosening the soil"), "pruning": Said("Pruning"),
                "thinning": Said("Thinning"), "mulching": Said("Mulching"),
                "film": Said("Laying film"), "staking": Said("Staking"),
                "bagging": Said("Bagging fruit"), "pollinating": Said("Pollinating"),
                "trapping": Said("Setting traps"), "clearing": Said("Clearing the ground"),
                "cleaning": Said("Cleaning the pens"), "disinfecting": Said("Disinfecting"),
                "other": Said("Other work")}),
            Field("hours", "number", Said("Hours"), "voc:hours", most=Decimal(1000)),
            *_TAIL,
        ),
    ),
    Form(
        "inspecting", "inspecting", Said("A look round"), "ObjectEvent", ("inspecting",),
        (
            *_HEAD, _SEASON, _PLOTS,
            Field("observation", "text", Said("What was seen"), "voc:observation", required=True),
            Field("pest", "text", Said("Pest or disease"), "voc:pest"),
            Field("severity", "choice", Said("How bad"), "voc:severity", choices={
                "none": Said("None seen"), "light": Said("Light damage"),
                "medium": Said("Medium damage"),
                "heavy": Said("Heavy damage")}),
            Field("share", "number", Said("Plants affected, in percent"), "voc:affectedPercent",
                  most=Decimal(100)),
            *_TAIL,
        ),
    ),
    Form(
        "growing", "growing", Said("Growth noted"), "ObjectEvent", ("growing",),
        (
            *_HEAD, _SEASON, _PLOTS,
            Field("stage", "text", Said("Stage"), "voc:stage"),
            Field("observation", "text", Said("What was seen"), "voc:observation"),
            Field("height", "number", Said("Height in centimetres"), "voc:heightCm",
                  most=Decimal(10_000)),
            Field("weight", "amount", Said("Average weight"), "voc:weight", units=MASS),
            *_TAIL,
        ),
        any_of=("stage", "observation", "height", "weight"),
    ),
    Form(
        "immunising", "immunising", Said("Vaccination"), "ObjectEvent", ("immunising",),
        (
            *_HEAD, _SEASON, _PENS,
            _items("items", Said("Vaccine"), "used", ("毫升", "瓶", "支", "盒")),
            _HEADS, _TAGS,
            Field("purpose", "text", Said("Against which disease"), "voc:purpose"),
            _days("withdrawal", Said("Withdrawal period in days"), "voc:withdrawal/days", _NOT_STATED),
            Field("veterinarian", "text", Said("Veterinarian"), "voc:operator/name"),
            *_TAIL,
        ),
    ),
    Form(
        "head_count", "head_count", Said("Heads counted"), "ObjectEvent", ("head_count",),
        (
            *_HEAD, _SEASON, _PENS,
            Field("present", "count", Said("Present"), "voc:heads/present"),
            Field("born", "count", Said("Born"), "voc:heads/born"),
            Field("moved_in", "count", Said("Moved in"), "voc:heads/in"),
            Field("moved_out", "count", Said("Moved out"), "voc:heads/out"),
            Field("slaughtered", "count", Said("Slaughtered"), "voc:heads/slaughtered"),
            Field("dead", "count", Said("Dead"), "voc:heads/dead"),
            Field("disposed", "count", Said("Of these disposed of"), "voc:heads/disposed"),
            Field("cause", "text", Said("Cause of death"), "voc:cause"),
            Field("disposal", "text", Said("How disposed of"), "voc:disposal"),
            _TAGS, _QUARANTINE, *_TAIL,
        ),
        any_of=("present", "born", "moved_in", "moved_out", "slaughtered", "dead", "disposed"),
    ),
    Form(
        "returning", "returning", Said("Empties returned"), "ObjectEvent", ("collecting",),
        (
            *_HEAD,
            _items("items", Said("Packaging"), "about", ("公斤", "斤", "克", "个", "瓶", "袋")),
            Field("count", "count", Said("Pieces"), "voc:returned/count"),
            Field("of", "text", Said("What was in it"), "voc:returned/of",
                  help=Said("Its lot, as on the purchase")),
            Field("purchase", "uris", Said("Purchase"), "purchase"),
            _PLACE, *_TAIL,
        ),
    ),
    Form(
        "stock_count", "stock_count", Said("Stock counted"), "ObjectEvent", ("cycle_counting",),
        (
            *_HEAD,
            _items("items", Said("What is in the store"), "about", (*PACKS, *MASS, *VOLUME, *PIECES)),
            _PLACE, *_TAIL,
        ),
        help=Said("Of an input that nothing was bought of before, this is the opening stock"),
    ),
    Form(
        "destroying", "destroying", Said("Destroyed or disposed of"), "ObjectEvent", ("destroying",),
        (
            *_HEAD,
            _items("items", Said("What was destroyed"), "about", (*MASS, *PIECES, *PACKS)),
            Field("reason", "text", Said("Why"), "voc:reason", required=True),
            Field("method", "text", Said("How"), "voc:method"),
            Field("by", "text", Said("By whom"), "voc:disposer"),
            _PLACE, *_TAIL,
        ),
        disposition="destroyed",
    ),
    Form(
        "harvest", "harvest", Said("Harvest"), "TransformationEvent", ("commissioning",),
        (
            *_HEAD, _SEASON, _PLOTS, _AREA,
            _items("items", Said("Harvested lot"), "outputs", (*MASS, *PIECES, "筐", "袋", "箱")),
            Field("to", "place", Said("Brought to"), "to"),
            Field("grade", "text", Said("Grade"), "voc:grade"),
            *_TAIL,
        ),
    ),
    Form(
        "processing", "processing", Said("Processing"), "TransformationEvent",
        ("hulling", "drying", "roasting", "grading", "splitting", "blending", "washing", "peeling",
         "withering", "fixing", "rolling", "fermenting", "milling", "killing", "cutting", "freezing",
         "processing"),
        (
            *_HEAD,
            Field("step", "choice", Said("Step"), "step", required=True, choices={
                "hulling": Said("Hulling"), "drying": Said("Drying"), "roasting": Said("Roasting"),
                "grading": Said("Grading"), "splitting": Said("Dividing a lot"),
                "blending": Said("Blending lots"), "washing": Said("Washing"),
                "peeling": Said("Peeling"), "withering": Said("Withering"),
                "fixing": Said("Fixing of tea"), "rolling": Said("Rolling of tea"),
                "fermenting": Said("Fermenting"), "milling": Said("Milling"),
                "killing": Said("Slaughter"), "cutting": Said("Cutting up"),
                "freezing": Said("Freezing"), "processing": Said("Other processing")}),
            _items("inputs", Said("What went in"), "inputs", (*MASS, *PIECES, "筐", "袋")),
            _items("outputs", Said("What came out"), "outputs", (*MASS, *PIECES, *PACKS)),
            Field("celsius", "number", Said("Temperature in °C"), "voc:heat/celsius",
                  least=Decimal(-80), most=Decimal(500)),
            Field("hours", "number", Said("Hours"), "voc:heat/hours", most=Decimal(10_000)),
            _QUARANTINE, _PLACE, *_TAIL,
        ),
    ),
    Form(
        "test", "test", Said("Test"), "ObjectEvent", ("inspecting",),
        (
            *_HEAD,
            Field("subject", "things", Said("What was tested"), "about", required=True,
                  help=Said("A lot, a season or a plot")),
            Field("sample", "choice", Said("Sample of"), "voc:sample", choices={
                "product": Said("Product"), "soil": Said("Soil"), "water": Said("Water")}),
            Field("item", "text", Said("Tested for"), "voc:test/item", required=True),
            Field("value", "text", Said("Value"), "voc:test/value",
                  help=Said("As reported, also <0.01")),
            Field("unit", "text", Said("Unit"), "voc:test/unit"),
            Field("limit", "text", Said("Limit"), "voc:test/limit"),
            Field("edition", "text", Said("Limit from"), "voc:test/edition",
                  help=Said("Standard and edition, for example GB 2763-2026")),
            Field("method", "text", Said("Method"), "voc:test/method"),
            Field("result", "choice", Said("Result"), "voc:test/result", required=True, choices={
                "pass": Said("Passed"), "fail": Said("Failed")}),
            Field("report", "text", Said("Report number"), "voc:test/report"),
            Field("laboratory", "text", Said("Laboratory"), "voc:test/laboratory"),
            Field("plots", "plots", Said("Plots"), "of_plots",
                  help=Said("Where the sample was taken; may stay empty")),
            _PLACE, *_TAIL,
        ),
    ),
    Form(
        "inspection", "inspection", Said("Inspection or sampling"), "ObjectEvent", ("inspecting",),
        (
            *_HEAD,
            Field("type", "choice", Said("What it is"), "voc:inspection/type", required=True, choices={
                "inspection": Said("Inspection"), "sampling": Said("Sampling")}),
            Field("subject", "things", Said("What was inspected or sampled"), "about", required=True,
                  help=Said("An organisation, a lot, a season or a plot")),
            Field("finding", "text", Said("What was found"), "voc:inspection/finding", required=True,
                  help=Said("Everybody may read this; name no person here")),
            Field("result", "choice", Said("Result"), "voc:inspection/result", choices={
                "in_order": Said("In order"), "to_mend": Said("To be put right"),
                "serious": Said("Breach of the law"), "waiting": Said("Not known yet")}),
            Field("number", "text", Said("Number of the paper or sample"), "voc:inspection/number"),
            Field("until", "day", Said("To be put right by"), "voc:inspection/until"),
            _PLACE, *_TAIL,
        ),
    ),
    Form(
        "certificate", "certificate", Said("Certificate"), "ObjectEvent", ("accepting",),
        (
            *_HEAD,
            Field("subject", "things", Said("What it certifies"), "about", required=True),
            Field("number", "text", Said("Certificate number"), "voc:certificate/number", required=True),
            Field("type", "text", Said("Kind of certificate"), "voc:certificate/type", required=True,
                  help=Said("green food, organic, of origin; one of compliance is issued from its lot")),
            Field("by", "text", Said("Issued by"), "voc:certificate/by"),
            Field("scope", "text", Said("What it covers"), "voc:certificate/scope"),
            Field("volume", "amount", Said("Amount it covers"), "voc:certificate/volume", units=MASS),
            Field("from", "day", Said("Valid from"), "voc:certificate/from"),
            Field("until", "day", Said("Valid until"), "voc:certificate/until"),
            Field("address", "uris", Said("Where it can be looked up"), "certificates"),
            *_TAIL,
        ),
    ),
    Form(
        "packing", "packing", Said("Packing"), "TransformationEvent", ("packing",),
        (
            *_HEAD,
            _items("inputs", Said("What was packed"), "inputs", MASS),
            _items("outputs", Said("Packs"), "outputs", (*PACKS, "个", "公斤")),
            _PLACE, *_TAIL,
        ),
    ),
    Form(
        "boxing", "boxing", Said("Put into cartons"), "AggregationEvent", ("packing",),
        (
            *_HEAD,
            Field("carton", "things", Said("Carton"), "parent", required=True, many=False),
            _items("contents", Said("What is in it"), "children", (*PACKS, *PIECES, *MASS),
                   required=False),
            Field("packs", "things", Said("Single packs"), "children"),
            _PLACE, *_TAIL,
        ),
        action="ADD", any_of=("contents", "packs"),
    ),
    Form(
        "storing", "storing", Said("Put into store"), "ObjectEvent", ("storing",),
        (
            *_HEAD,
            _items("items", Said("What was stored"), "about", (*MASS, *PACKS, *PIECES), required=False),
            Field("things", "things", Said("Cartons or single packs"), "about"),
            Field("place", "place", Said("Place"), "place", required=True),
            Field("conditions", "text", Said("Conditions"), "voc:conditions"),
            *_TAIL,
        ),
        any_of=("items", "things"),
    ),
    Form(
        "shipping", "shipping", Said("Sent off"), "ObjectEvent", ("shipping",),
        (
            *_HEAD,
            _items("items", Said("What was sent"), "about", (*MASS, *PACKS, *PIECES), required=False),
            Field("things", "things", Said("Cartons or single packs"), "about"),
            Field("destination", "party", Said("To whom"), "destination", required=True),
            Field("receiver", "text", Said("Receiver's name"), "voc:buyer/name"),
            *_CARRIER, _QUARANTINE, _PLACE, *_TAIL,
        ),
        disposition="in_transit", any_of=("items", "things"),
    ),
    Form(
        "receiving", "receiving", Said("Goods received"), "ObjectEvent", ("receiving",),
        (
            *_HEAD,
            _items("items", Said("What came"), "about", (*MASS, *PACKS, *PIECES), required=False),
            Field("things", "things", Said("Cartons or single packs"), "about"),
            Field("source", "party", Said("From whom"), "source"),
            Field("sender", "text", Said("Sender's name"), "voc:seller/name"),
            *_CARRIER, _QUARANTINE, _PLACE, *_TAIL,
        ),
        disposition="in_progress", any_of=("items", "things"),
    ),
    Form(
        "selling", "selling", Said("Sold"), "ObjectEvent", ("retail_selling",),
        (
            *_HEAD,
            _items("items", Said("What was sold"), "about", (*MASS, *PACKS, *PIECES), required=False),
            Field("things", "things", Said("Cartons or single packs"), "about"),
            Field("buyer", "party", Said("Buyer"), "destination"),
            Field("buyer_name", "text", Said("Buyer's name"), "voc:buyer/name"),
            Field("buyer_phone", "text", Said("Buyer's phone"), "voc:buyer/phone"),
            _PRICE, _INVOICE, _PLACE, *_TAIL,
        ),
        disposition="retail_sold", any_of=("items", "things"),
    ),
    Form(
        "holding", "holding", Said("Put on hold"), "ObjectEvent", ("holding",),
        (
            *_HEAD,
            Field("subject", "things", Said("What is held back"), "about", required=True),
            Field("reason", "text", Said("Why"), "voc:reason", required=True),
            _PLACE, *_TAIL,
        ),
        disposition="non_sellable_other",
    ),
    Form(
        "temperature", "temperature", Said("Temperature"), "ObjectEvent", ("sensor_reporting",),
        (
            *_HEAD,
            Field("subject", "things", Said("Of what"), "about", help=Said("A lot, or leave it empty "
                  "for the room")),
            Field("place", "place", Said("Place"), "place", required=True),
            Field("mean", "number", Said("Mean in °C"), "sensor:meanValue", least=Decimal(-80),
                  most=Decimal(100)),
            Field("lowest", "number", Said("Lowest in °C"), "sensor:minValue", least=Decimal(-80),
                  most=Decimal(100)),
            Field("highest", "number", Said("Highest in °C"), "sensor:maxValue", least=Decimal(-80),
                  most=Decimal(100)),
            Field("hours", "number", Said("Hours"), "voc:hours", most=Decimal(10_000)),
            *_TAIL,
        ),
        any_of=("mean", "lowest", "highest"),
    ),
)  # fmt: skip

FORMS: Mapping[str, Form] = MappingProxyType({form.name: form for form in _FORMS})
"""By name, in the order in which a list offers them."""


def form_for(kind: str, form: str | None = None) -> Form | None:
    """The form a deed was entered with, else the first one of its kind; None where there is none."""
    if form is not None and form in FORMS:
        return FORMS[form]
    return next((one for one in _FORMS if one.kind == kind), None)


__all__ = ["FORMS", "form_for"]
