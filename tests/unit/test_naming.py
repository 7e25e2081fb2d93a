"""What stands for the id of an activity."""

from node.services.naming import name_of


def test_a_name_says_nothing_of_the_order_of_keys_and_all_of_what_stands_there() -> None:
    one, other = {"type": "Like", "object": "x"}, {"object": "x", "type": "Like"}
    assert name_of(None, one) == name_of("", other) != name_of(None, one | {"object": "y"})
    assert name_of("http://c.test/1", one) == "http://c.test/1"
    long = "http://c.test/" + "x" * 600
    assert name_of(long, one) == name_of(long, other) != name_of(long + "x", one)


def test_the_longest_name_fits_an_index() -> None:
    assert len(name_of("http://c.test/" + "é" * 2_000, {})) < 100
