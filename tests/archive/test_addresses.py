"""Which addresses count as public."""

import ipaddress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from songwright.archive.addresses import are_public, is_plain_host, is_public

_NOT_PUBLIC = """
0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.127.255.254 127.0.0.1 127.1.2.3 127.255.255.255
169.254.0.1 169.254.169.254 172.16.0.1 172.31.255.254 192.0.0.1 192.0.0.8 192.0.0.170 192.0.2.1 192.88.99.1
192.168.0.1 192.168.255.254 198.18.0.1 198.19.255.254 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.250
240.0.0.1 255.255.255.255
:: ::1 ::127.0.0.1 ::10.0.0.1 ::ffff:127.0.0.1 ::ffff:7f00:1 ::ffff:10.0.0.1 ::ffff:169.254.169.254
::ffff:224.0.0.1 ::ffff:0:127.0.0.1 64:ff9b::7f00:1 64:ff9b::127.0.0.1 64:ff9b::808:808 64:ff9b:1::a00:1
100::1 2001::1 2001:0:7f00:1:: 2001:2::1 2001:10::1 2001:20::1 2001:db8::1 2002:7f00:1:: 2002:7f00:1::1
2002:a00:1::1 3fff::1 3fff:fff::1 5f00::1 fc00::1 fd00::1 fd00:ec2::254 fe80::1 fe80::1%eth0 fec0::1 feff::1
ff02::1 ff0e::1 localhost 127.1 0x7f.1 2130706433
"""

NOT_PUBLIC = _NOT_PUBLIC.split()

PUBLIC = ["1.1.1.1", "8.8.8.8", "93.184.216.34", "2606:4700::1111", "2a00:1450:4001::1", "::ffff:8.8.8.8"]


@pytest.mark.parametrize("address", [*NOT_PUBLIC, ""])
def test_an_address_that_is_not_public_is_not(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_public(address: str) -> None:
    assert is_public(address)


def test_the_list_is_as_long_as_was_asked() -> None:
    assert len(set(NOT_PUBLIC)) >= 60


@settings(deadline=None)
@given(st.ip_addresses(v=4))
def test_an_address_is_public_when_its_mapped_form_is_and_never_through_a_tunnel(
    address: ipaddress.IPv4Address,
) -> None:
    assert is_public(str(address)) == is_public(f"::ffff:{address}")
    packed = address.packed.hex()
    assert not is_public(f"2002:{packed[:4]}:{packed[4:]}::1")
    assert not is_public(f"64:ff9b::{address}")


@settings(deadline=None)
@given(st.text())
def test_any_text_gets_an_answer(text: str) -> None:
    assert is_public(text) in (True, False)
    assert is_plain_host(text) in (True, False)


def test_one_private_address_among_several_spoils_all() -> None:
    assert are_public(["1.1.1.1", "2606:4700::1111"])
    assert not are_public(["1.1.1.1", "10.0.0.1"])
    assert not are_public([])


@pytest.mark.parametrize(
    "host", ["file.aivideoapi.ai", "cdn1.suno.ai", "a_b.example", "1.1.1.1", "2606:4700::1"]
)
def test_a_usual_host_is_plain(host: str) -> None:
    assert is_plain_host(host)


@pytest.mark.parametrize(
    "host",
    [
        "127.1",
        "0x7f.1",
        "0177.0.0.1",
        "2130706433",
        "0x7f000001",
        "1.2.3",
        "1.2.3.4.5",
        "256.1.1.1",
        "a.0x",
        "xn--80ak6aa92e.com",
        "файл.ai",
        "-a.com",
        "a..b/",
        "",
        "a b",
        "a,b",
        "１.1.1.1",
        "0",
    ],
)
def test_an_odd_host_is_not_plain(host: str) -> None:
    assert not is_plain_host(host)
