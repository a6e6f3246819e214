"""The settings of a folder of GIFs are checked, whoever gives them."""

from typing import Any

import pytest

from descent.base.errors import DescentError
from descent.delivery.committed_gifs import scene_of
from descent.delivery.gif_settings import GifSettings
from descent.film.beats import beats_of, beats_text


def test_what_is_not_given_is_as_it_was() -> None:
    assert GifSettings.read({}) == GifSettings(800, "dark", 2.0, 20)
    folder = GifSettings.read({"width": 641, "budget": 1})
    assert folder == GifSettings(640, "dark", 1.0, 20), "H.264 and the landscape want even widths"
    assert folder.given(width=None, theme="light", budget=None, rate=25) == GifSettings(640, "light", 1.0, 25)
    assert GifSettings.read(folder.values()) == folder
    profile = folder.profile()
    assert (profile.width, profile.height, profile.rate, profile.budget) == (640, 360, 20, 1_000_000)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ([], "the settings are [], not names with values."),
        ({"widht": 640}, "there is no setting 'widht': did you mean 'width'?"),
        ({"width": "640"}, "width is '640', but takes a whole number from 64 to 3840."),
        ({"width": 640.0}, "width is 640.0"),
        ({"width": True}, "width is True"),
        ({"width": 10**999}, "width is 1000"),
        ({"width": [640]}, "width is [640]"),
        ({"rate": float("inf")}, "rate is inf"),
        ({"rate": 4}, "rate is 4, but takes a whole number from 5 to 50."),
        ({"budget": float("nan")}, "budget is nan, but takes a number from 0.01 to 1000."),
        ({"budget": 0}, "budget is 0"),
        ({"theme": 3}, "theme is 3"),
        ({"theme": "drak"}, "did you mean 'dark'?"),
        ({"formats": "gif"}, "formats is 'gif', but takes a list of some of avif, webp, gif, still."),
        ({"formats": []}, "formats is []"),
        ({"formats": [3]}, "formats is [3]"),
        ({"formats": ["webp", "avfi"]}, "there is no format 'avfi': did you mean 'avif'?"),
    ],
)
def test_what_is_no_setting_is_one_sentence(values: Any, told: str) -> None:
    with pytest.raises(DescentError) as raised:
        GifSettings.read(values)
    assert told in str(raised.value)
    assert len(str(raised.value)) < 150


def test_a_folder_may_ask_for_several_formats_in_both_themes() -> None:
    folder = GifSettings.read({"theme": "auto", "formats": ["still", "gif", "avif", "gif"]})
    assert folder.formats == ("avif", "gif", "still"), "what a page prefers comes first, each once"
    assert folder.profile().suffixes == (".avif", ".gif", "-still.webp")
    assert folder.profile().looping
    assert [folder.stem("Toy", theme) for theme in folder.themes] == ["Toy", "Toy-light"]
    assert GifSettings.read(folder.values()) == folder
    light = folder.given(theme="light")
    assert [light.stem("Toy", theme) for theme in light.themes] == ["Toy"]
    assert scene_of("Toy-light-still.webp") == scene_of("Toy.avif") == scene_of("Toy-light.gif") == "Toy"


@pytest.mark.parametrize("text", ["0", "0-2", "3-2", "a", "1-", "1-2-3", "-1", "٣", "", " 1", "99999", "1\n"])
def test_what_names_no_beats_is_one_sentence(text: str) -> None:
    with pytest.raises(DescentError, match="FIRST-LAST, such as 3-4, and counted from 1"):
        beats_of(text)


def test_beats_are_read_as_they_are_written() -> None:
    assert beats_of(beats_text((3, 12))) == (3, 12)
