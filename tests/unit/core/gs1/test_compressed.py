"""Compressed Digital Links, packed by GS1's own prototype."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suyuan.core.errors import Malformed
from suyuan.core.gs1.compressed import decompress
from suyuan.core.gs1.link import parse_link

PACKED = [
    ("AQnO2IRCICDKWcnpqQtCQiJABemo", "01/05392000229648/10/LOT01/21/SERIAL01"),
    ("CwnO2IRCIMpZyempC0JCIkAF6ag", "01/05392000229648/10/LOT01/21/SERIAL01"),
    ("ARFRq4pxWCDKWcn9q", "01/09521234000044/10/LOT-1"),
    ("DBFRq4pxWN3ZW4vq6xmx4AOuw", "01/09521234000044/21/7K3F9XWM2PAB12"),
    ("ARFRq4pxWCEHBXwhdCJFIQUYHI", "01/09521234000044/10/A%2FB/21/12345?17=270917"),
    ("GhFRq4pxWQcFfCBRgcoRIo", "01/09521234000044/10/A%2FB/21/12345?17=270917"),
    ("LRFRq4pxWAAYYgTVeCRnJEgom", "01/09521234000044/10/abc123?3103=000195&3922=1299"),
    ("ARFRq4pxWCqESK", "01/09521234000044?15=270917"),
    ("ChFRq4pxWJG9W33e", "01/09521234000044/22/DEADBEEF"),
    ("ABUkMeZ-8IDQ", "00/095212340000000013"),
    ("nYqNXFOJRiP1", "414/9521234000020/254/P1"),
    ("JTio1cU4lGc877jvXU", "253/9521234000020PO-4711"),
    ("gAMRUauKcSiFQg", "8003/09521234000020A1"),
    ("gARNlSEjSrw0U", "8004/9521234ABC345"),
    ("IQP24AGFSQx5n9b8m", "8006/095212340000440102/21/987"),
    ("mkuVISNKsSQTS", "8010/9521234AB12/8011/1234"),
    ("nNNp8wD1ZQETHs", "8018/952123400000000017/8019/123"),
    ("ARFRq4pxWOAOf2a4_tC", "01/09521234000044?7007=260917260930"),
    ("JVio1cU4lGHiQA", "255/9521234000020123456"),
]


@pytest.mark.parametrize(("packed", "plain"), PACKED)
def test_unpacked(packed: str, plain: str) -> None:
    assert decompress(f"https://a.example/x/{packed}").uri() == f"https://a.example/x/{plain}"


@pytest.mark.parametrize(
    "text",
    [
        "ARFRq4pxWCDKWcn9qLoRIvhJWp4GCzh",
        "CxFRq4pxWMpZyf2ouhEi-ElangYLOE",
        "ARFRq4pxWCDKWcn9qLoRIo?lang=zh",
    ],
)
def test_other_parameters_are_unpacked_or_stand_behind(text: str) -> None:
    link = decompress(f"https://a.example/{text}")
    assert link.elements[1:] == (("10", "LOT-1"), ("17", "270917"))
    assert link.others == ("lang=zh",)


def test_the_key_may_stand_in_front() -> None:
    link = decompress("https://a.example/01/09521234000044/EGUs5P7U")
    assert link.uri() == "https://a.example/01/09521234000044/10/LOT-1"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("https://a.example/", "this is no compressed Digital Link"),
        ("https://a.example/ARFRq4pxWCDKWcn9q=", "this is no compressed Digital Link"),
        ("https://a.example/" + "A" * 1001, "this is no compressed Digital Link"),
        ("https://a.example/ARFRq4px", "this compressed link ends too early"),
        ("https://a.example/Af_______g", "this compressed link holds a number that is too great"),
        ("https://a.example/EP___w", "this compressed link has characters of an unknown kind"),
        ("https://a.example/iaaa", "(89) is no application identifier"),
        ("https://a.example/ARFRq4pxWg", "AI (01): the check digit of"),
    ],
)
def test_a_refusal_says_what_is_wrong(text: str, said: str) -> None:
    with pytest.raises(Malformed) as caught:
        decompress(text)
    assert caught.value.text.startswith(said)


@given(
    st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", max_size=40)
    | st.sampled_from([packed for packed, _ in PACKED]).flatmap(
        lambda packed: st.integers(0, len(packed)).map(
            lambda n: packed[:n] + packed[:2] + packed[n:]
        )
    ),
    st.sampled_from(["", "/01/09521234000044", "/00/1", "/x"]),
)
def test_any_text_is_unpacked_or_refused_in_words(packed: str, front: str) -> None:
    try:
        link = decompress(f"https://a.example{front}/{packed}")
    except Malformed as problem:
        str(problem)  # every hole of its words is filled
        return
    assert parse_link(link.uri()).elements == link.elements
