import pytest
from unit.labels.make_label import a_link

from suyuan_labels import LabelError, Link

HOST, GTIN = "trace.example.com", "9521234543213"


def test_uri_of_a_pack_is_all_capitals() -> None:
    link = Link("Trace.Example.com", GTIN, "HK2026-0917A", "0123456789ABCD")
    assert (
        link.uri == "HTTPS://TRACE.EXAMPLE.COM/01/09521234543213/10/HK2026-0917A/21/0123456789ABCD"
    )


def test_uri_of_a_lot_ends_with_the_lot() -> None:
    assert Link(HOST, GTIN, "L.1").uri == "HTTPS://TRACE.EXAMPLE.COM/01/09521234543213/10/L.1"


def test_uri_keeps_the_port() -> None:
    assert Link("a.cn:8443", GTIN, "1").uri.startswith("HTTPS://A.CN:8443/01/")


@pytest.mark.parametrize(
    ("gtin", "full"),
    [
        ("95210123", None),
        ("95213453", "00000095213453"),
        ("614141123452", "00614141123452"),
        ("9521234543213", "09521234543213"),
        ("19521234543210", "19521234543210"),
        ("9521234543212", None),
        ("19521234543213", None),
        ("952123454321", None),
        ("09521234543213 ", None),
        ("９５２１２３４５４３２１３", None),
        ("", None),
    ],
)
def test_gtin_is_checked_and_padded(gtin: str, full: str | None) -> None:
    if full is None:
        with pytest.raises(LabelError, match="GTIN"):
            Link(HOST, gtin, "1")
    else:
        assert Link(HOST, gtin, "1").gtin == full


def test_gtin_error_tells_the_right_digit() -> None:
    with pytest.raises(LabelError) as caught:
        Link(HOST, "9521234543212", "1")
    assert caught.value.params == {"gtin": "9521234543212", "found": "2", "check": 3}
    assert "{check}" in caught.value.message
    assert "should be 3" in str(caught.value)


@pytest.mark.parametrize("value", ["", "a", "A B", "A/B", "批1", "A" * 21, ".", "..", "A\n", "A_B"])
@pytest.mark.parametrize("name", ["lot", "serial"])
def test_lot_and_serial_outside_the_set_are_refused(name: str, value: str) -> None:
    with pytest.raises(LabelError, match=name):
        Link(HOST, GTIN, **{"lot": "1", name: value})


@pytest.mark.parametrize("value", ["0", "...", "-", "HK2026-0917.A", "A" * 20])
def test_lots_of_the_set_are_taken(value: str) -> None:
    assert Link(HOST, GTIN, value).uri.endswith(f"/10/{value}")


@pytest.mark.parametrize(
    "host",
    [
        "",
        ".",
        "a..cn",
        "-a.cn",
        "a-.cn",
        "溯源.cn",
        "ſ.cn",
        "a.cn/",
        "user@a.cn",
        "a_b.cn",
        "[::1]",
        "a" * 64,
    ],
)
def test_host_that_is_none_is_refused(host: str) -> None:
    with pytest.raises(LabelError, match="host name"):
        Link(host, GTIN, "1")


@pytest.mark.parametrize("port", ["", "0", "65536", "x", "-1", "８４４３", "1:2"])
def test_port_that_is_none_is_refused(port: str) -> None:
    with pytest.raises(LabelError, match="port"):
        Link(f"a.cn:{port}", GTIN, "1")


def test_a_code_of_90_characters_is_taken_and_91_refused() -> None:
    room = 42 - len("HK2026-0917A")  # formats.md §8: host and lot of a serialised label
    assert len(a_link(host="a" * room).uri) == 90
    with pytest.raises(LabelError, match=r"by 1$"):
        a_link(host="a" * (room + 1))


@pytest.mark.parametrize("host", ["127.0.0.1:8443", "localhost", "LOCALHOST:80", "127.1.2.3"])
def test_http_is_for_a_demo_on_this_machine(host: str) -> None:
    assert Link(host, GTIN, "1", scheme="http").uri.startswith("HTTP://")


@pytest.mark.parametrize("host", [HOST, "localhost.cn", "10.0.0.1", "127.0.0.1.cn"])
def test_http_elsewhere_is_refused(host: str) -> None:
    with pytest.raises(LabelError, match="https"):
        Link(host, GTIN, "1", scheme="http")


def test_other_schemes_are_refused() -> None:
    with pytest.raises(LabelError, match="scheme"):
        Link("localhost", GTIN, "1", scheme="ftp")
