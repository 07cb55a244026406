"""What people call the columns of their tables, and the sheets: beside each field's own label.

A target is where a column goes: ``day``, ``area``, ``area.unit``, ``items``, ``items.item``,
``items.lot``, ``items.amount``, ``items.unit``. These words are data: facts of how farm books in China
and elsewhere are headed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from suyuan.core.farm.form import Field, Form

ITEM_PARTS = ("item", "lot", "amount", "unit")

COMMON: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "day": ("日期", "时间", "作业日期", "登记日期", "操作日期", "记录日期", "使用日期",
                "年月日", "date",
                "when"),
        "time": ("时刻", "几点", "钟点"),
        "season": ("茬次", "茬口", "批次号", "生产批次", "种植批次", "作物", "品种", "养殖批次",
                   "季节", "crop",
                   "planting", "cycle"),
        "plots": ("地块名称", "地块编号", "田块", "地点", "基地", "大棚", "棚号",
                  "圈舍", "栏舍", "栏号",
                  "圈号", "plot", "field", "area name", "location", "pen", "bed"),
        "area": ("面积", "作业面积", "施用面积", "用药面积", "种植面积", "亩数", "area treated"),
        "person": ("操作人", "作业人", "使用人", "经办人", "责任人", "施药人", "用药人",
                   "记录人", "负责人",
                   "农户", "姓名", "人员", "worker", "operator", "by", "username", "who"),
        "phone": ("电话", "手机", "手机号", "联系电话", "联系方式"),
        "note": ("备注", "说明", "其他", "notes", "comment", "comments", "remarks", "memo"),
        "purpose": ("防治对象", "用途", "病虫害", "防治病虫", "防治目的", "诊断", "病名",
                    "对象", "target",
                    "reason", "pest"),
        "price": ("金额", "总价", "价格", "价钱", "款额", "amount paid", "cost", "total"),
        "invoice": ("发票号", "票据号", "单据号", "凭证号", "receipt"),
        "seller": ("供货单位", "供应商", "销售单位", "来源", "经销商", "购买地点", "店名", "供货商",
                   "supplier", "bought from", "vendor"),
        "licence": ("许可证号", "经营许可证", "permit"),
        "dilution": ("稀释倍数", "配比", "浓度", "兑水", "rate"),
        "equipment": ("器械", "药械", "喷雾器", "机具"),
        "interval": ("安全间隔期", "间隔期", "安全间隔", "phi"),
        "withdrawal": ("休药期", "停药期"),
        "method": ("方式", "方法", "施用方式", "使用方法", "施肥方式"),
        "observation": ("观察", "情况", "看到什么", "现象"),
        "pest": ("病虫名称", "发生病虫", "病虫害"),
        "stage": ("生育期", "阶段", "物候期"),
        "hours": ("工时", "用时", "小时"),
        "work": ("农事", "作业内容", "工作内容", "农活", "作业", "task", "activity"),
        "heads": ("头数", "数量头", "head count"),
        "grade": ("级别", "品级"),
        "buyer_name": ("购买人", "买方", "客户", "购货人", "customer", "buyer"),
        "buyer_phone": ("购买人电话", "买方电话"),
        "buyer_number": ("身份证号", "身份证"),
        "receiver": ("收货人", "收货单位"),
        "vehicle": ("车牌号", "车号"),
        "quarantine": ("检疫证号", "检疫票号"),
        "origin": ("来源方式", "引种方式", "自繁或外购", "own or bought"),
        "pack_codes": ("追溯码", "二维码", "包装码", "pack code"),
        "reason": ("原因",),
        "report": ("报告编号", "检测报告编号"),
        "laboratory": ("检测机构", "检测单位", "lab"),
        "item": ("检测项目", "项目"),
        "value": ("检测值", "结果值"),
        "limit": ("限量", "限值"),
        "result": ("结论", "检测结果", "是否合格"),
        "name": ("名称", "中文名", "地块名称", "地块", "产品名称", "品名", "药名",
                 "投入品名称", "商品名"),
        "name_en": ("英文名",),
        "code": ("编号", "编码", "条码", "商品条码", "gtin", "gln", "id"),
        "village": ("村", "所在村", "村组", "村名"),
        "net": ("净含量", "规格", "包装规格", "每袋重量", "net content", "size"),
        "brand": ("品牌", "商标"),
        "registration": ("登记证号", "登记号", "批准文号", "农药登记证号", "兽药批准文号"),
        "ingredient": ("有效成分", "成分"),
        "input_kind": ("投入品类别", "农资类别"),
        "toxicity": ("毒性分级", "毒性级别", "toxicity"),
        "label_crop": ("登记作物", "适用作物", "使用作物"),
        "times": ("每季最多使用次数", "每季最多次数", "最多使用次数", "max applications"),
        "gap": ("最短使用间隔", "使用间隔", "施药间隔"),
        "animal": ("适用动物", "靶动物"),
        "withdrawal_eggs": ("弃蛋期",),
        "withdrawal_milk": ("弃奶期",),
        "n": ("氮", "总氮", "n"),
        "p2o5": ("磷", "五氧化二磷", "p2o5"),
        "k2o": ("钾", "氧化钾", "k2o"),
        "maker": ("生产厂家", "生产企业", "厂家", "manufacturer"),
        "shelf_life": ("保质期", "保质期天数"),
        "crop": ("种植作物", "种植品种", "主要作物"),
        "member": ("成员", "成员姓名", "社员姓名", "户主", "户主姓名", "农户", "农户姓名", "承包人",
                   "承包户", "种植户", "姓名", "farmer", "worker", "grower"),
        "id_number": ("身份证", "身份证号", "身份证号码", "公民身份号码", "证件号", "id card"),
        "where": ("轮廓", "坐标", "四至坐标", "经纬度", "边界", "outline", "position", "geojson"),
        "latitude": ("北纬", "lat"),
        "longitude": ("东经", "lon", "lng"),
        "datum": ("坐标基准", "基准"),
        "place": ("库房", "仓库", "store"),
        "source": ("供货单位编号",),
    }
)  # fmt: skip

ITEMS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "item": ("名称", "品名", "产品", "产品名称", "商品名称", "投入品", "投入品名称", "物品",
                 "product", "name",
                 "what", "item"),
        "lot": ("批号", "批次", "产品批号", "生产批号", "采收批次", "lot", "batch", "lot number"),
        "amount": ("数量", "用量", "使用量", "施用量", "总量", "用药量", "施肥量", "产量",
                   "采收量", "收获量",
                   "重量", "购进数量", "购买数量", "amount", "quantity", "yield", "weight", "qty"),
        "unit": ("单位", "计量单位", "数量单位", "unit", "units"),
    }
)  # fmt: skip

FORM_ITEMS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "purchase": ("购买品种", "购进品名", "农资名称", "投入品名称"),
        "sale_of_input": ("销售品名", "农资名称"),
        "sowing": ("种子", "种苗", "种子名称", "品种名称", "seed"),
        "stocking": ("畜种", "苗种", "仔猪"),
        "spraying": (
            "农药",
            "农药名称",
            "药名",
            "药剂",
            "药品",
            "农药通用名",
            "pesticide",
            "chemical",
        ),
        "fertilising": ("肥料", "肥料名称", "化肥", "fertiliser", "fertilizer"),
        "treating": ("兽药", "兽药名称", "药名", "药品名称", "drug"),
        "feeding": ("饲料", "饲料名称", "feed"),
        "immunising": ("疫苗", "疫苗名称", "vaccine"),
        "harvest": ("采收品种", "收获品种", "农产品", "产品名称", "作物", "crop", "produce"),
        "selling": ("销售产品", "产品名称"),
        "shipping": ("发货产品",),
        "storing": ("入库产品",),
    }
)
"""What the thing itself is called on each form; these tell the form, too."""

FORM_DAYS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "purchase": ("购买日期", "购进日期", "进货日期", "采购日期", "purchase date"),
        "sale_of_input": ("销售日期",),
        "sowing": (
            "播种日期",
            "播种期",
            "定植日期",
            "移栽日期",
            "种植日期",
            "plant date",
            "plantdate",
        ),
        "spraying": ("施药日期", "用药日期", "喷药日期", "打药日期", "spray date"),
        "fertilising": ("施肥日期", "施肥时间"),
        "stocking": ("进栏日期", "进猪日期", "引种日期", "调入日期"),
        "treating": ("用药日期", "给药日期"),
        "feeding": ("饲喂日期", "投喂日期"),
        "irrigating": ("灌溉日期", "浇水日期"),
        "immunising": ("免疫日期", "接种日期"),
        "harvest": ("采收日期", "收获日期", "采摘日期", "harvest date", "hardate"),
        "test": ("检测日期", "抽样日期"),
        "selling": ("销售日期", "出售日期"),
        "shipping": ("发货日期", "出货日期"),
        "storing": ("入库日期",),
    }
)

TITLES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "purchase": ("购买", "购进", "进货", "采购", "农资购", "投入品购", "purchase", "bought"),
        "sale_of_input": ("农资销售", "投入品销售", "销售台账"),
        "sowing": ("播种", "定植", "移栽", "种植", "sowing", "seeding", "planting", "transplant"),
        "stocking": ("引种", "进猪", "补栏", "进栏", "stocking"),
        "spraying": ("喷药", "施药", "打药", "用药", "农药使用", "植保", "spray", "pesticide"),
        "fertilising": ("施肥", "追肥", "肥料使用", "fertilis", "fertiliz"),
        "treating": ("兽药", "诊疗", "治疗", "treatment"),
        "feeding": ("饲喂", "投喂", "喂料", "饲料", "feeding"),
        "irrigating": ("灌溉", "浇水", "irrigat"),
        "field_work": ("农事", "田间", "作业记录", "field work"),
        "inspecting": ("巡田", "病虫害", "病虫", "scouting", "inspection"),
        "growing": ("生长", "长势", "growth"),
        "immunising": ("免疫", "防疫", "疫苗", "vaccin"),
        "head_count": ("存栏", "盘点", "head count"),
        "returning": ("回收", "包装物", "empties"),
        "harvest": ("采收", "收获", "采摘", "harvest"),
        "processing": ("加工", "processing"),
        "test": ("检测", "检验", "test"),
        "packing": ("包装", "packing"),
        "storing": ("入库", "仓储", "storage"),
        "shipping": ("发货", "出货", "运输", "shipping"),
        "receiving": ("收货", "验收", "receiving"),
        "selling": ("销售", "出售", "sales", "sold"),
        "plot_list": ("地块清单", "地块表", "地块名册", "地块", "plots", "fields", "areas"),
        "product_list": ("产品清单", "投入品清单", "农资清单", "产品表", "药品目录",
                         "products", "inputs"),
    }
)  # fmt: skip


def targets(form: Form) -> Iterator[tuple[str, Field]]:
    """Everywhere that a column can go on this form, in the order of its fields."""
    for one in form.fields:
        yield one.name, one
        if one.type == "items":
            yield from ((f"{one.name}.{part}", one) for part in ITEM_PARTS)
        elif one.type in ("area", "amount"):
            yield f"{one.name}.unit", one


def called(form: Form, target: str, one: Field) -> Sequence[str]:
    """What a target is called beside its label."""
    name, _, part = target.partition(".")
    if part:
        if one.type != "items":
            return ("面积单位",) if one.type == "area" else ()
        own = FORM_ITEMS.get(form.name, ()) if part == "item" else ()
        return (*own, *ITEMS[part])
    own = FORM_DAYS.get(form.name, ()) if name == "day" else ()
    return (*own, name, *COMMON.get(name, ()))
