"""The lexicon says torch's names, symbols and numbers in plain ASCII words, or says what it cannot say."""

import re

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

from descent.base.errors import DescentError
from descent.film.narration import respell

SAID = {
    # torch's names
    "RMSprop": "R M S prop",
    "AdamW": "Adam W",
    "NAdam": "N Adam",
    "RAdam": "R Adam",
    "Adadelta": "Adda delta",
    "Adamax": "Adda max",
    "Rprop": "R prop",
    "L-BFGS": "L B F G S",
    "SGD’s": "SGD's",
    "ExponentialLR": "exponential L R",
    "StepLR": "step L R",
    "ReduceLROnPlateau": "reduce L R on plateau",
    "CosineAnnealingLR": "cosine annealing L R",
    "CosineAnnealingWarmRestarts": "cosine annealing warm restarts",
    "OneCycleLR": "one cycle L R",
    "lr": "learning rate",
    "weight_decay": "weight decay",
    "max_lr": "max learning rate",
    "T_max": "T max",
    "E03–E04": "experiment 3 to experiment 4",
    "SGD(lr=0.01, momentum=0.6)": "SGD, learning rate equals 0.01, momentum equals 0.6",
    # numbers
    "1e-3": "ten to the minus three",
    "−1e-3": "minus ten to the minus three",
    "2.5e-04": "2.5 times ten to the minus four",
    "10⁻³": "10 to the minus three",
    "1e20": "ten to the 20",
    "0.01": "0.01",
    ".5": "0.5",
    "−9.25": "minus 9.25",
    "-9.25": "minus 9.25",
    "from (−12, 10),": "from minus 12, 10,",
    "50%": "50 percent",
    "2/3.8": "2 over 3.8",
    "25–45 steps": "25 to 45 steps",
    # symbols
    "x²": "x squared",
    "w1³": "w 1 cubed",
    "w^2": "w squared",
    "w₁": "w 1",
    "w_1": "w 1",
    "w1": "w 1",
    "wₜ₊₁ = wₜ − η gₜ": "w t plus 1 equals w t minus eta g t",
    "θ, ε, η, μ, β and λ": "theta, epsilon, eta, mu, beta and lambda",
    "∇": "nabla",
    "∇f": "the gradient of f",
    "L(w)": "L of w",
    "2/λmax": "2 over lambda max",
    "40×40": "40 times 40",
    "A → B": "A to B",
    "A -> B": "A to B",
    "≈ 85.8": "about 85.8",
    "lr < 0.5": "learning rate less than 0.5",
    "≤ 3": "at most 3",
    "≥ 3": "at least 3",
    "±0.5": "plus or minus 0.5",
    "sin(w2)": "sine(w 2)",
    # punctuation that must survive, or turn plain
    "warm-up": "warm-up",
    "Styblinski–Tang": "Styblinski-Tang",
    "“It’s” – fine…": '"It\'s", fine...',
    "It stops.\n   Why?": "It stops. Why?",
}


@pytest.mark.parametrize("written", SAID)
def test_written_form_is_said_in_words(written: str) -> None:
    assert respell(written) == SAID[written]


@pytest.mark.parametrize("written", SAID)
def test_spoken_form_is_left_alone(written: str) -> None:
    assert respell(SAID[written]) == SAID[written]


def test_no_torch_class_keeps_a_hump_or_an_abbreviation_that_voices_misread() -> None:
    names = [
        name
        for module in (torch.optim, torch.optim.lr_scheduler)
        for name, found in vars(module).items()
        if name[0] != "_"
        if isinstance(found, type) and found.__module__.startswith("torch.optim")
    ]
    assert {"AdamW", "RMSprop", "CosineAnnealingLR"} <= set(names)
    misread = [name for name in names if re.search(r"[a-z][A-Z]|LR|ASGD|BFGS", respell(name))]
    assert misread == []


PLAIN_WORDS = st.from_regex(r"[A-Z]?[a-z]{4,9}|[0-9]{1,3}(\.[0-9]{1,3})?", fullmatch=True)


@given(st.lists(PLAIN_WORDS, min_size=1, max_size=8), st.sampled_from(["", ".", "?", "!"]))
def test_plain_words_and_numbers_are_left_alone(words: list[str], end: str) -> None:
    line = ", ".join(words) + end
    assume(not {"Adamax", "Rprop"} & set(words))
    assert respell(line) == line


@given(st.text(max_size=40))
def test_everything_is_said_in_ascii_or_refused(text: str) -> None:
    try:
        spoken = respell(text)
    except DescentError:
        return
    assert spoken.isascii()
    assert spoken == " ".join(spoken.split())


@pytest.mark.parametrize(("text", "character"), [("naïve descent", "ï"), ("a 🎉 day", "🎉"), ("下降", "下")])
def test_a_character_without_a_reading_is_named(text: str, character: str) -> None:
    with pytest.raises(DescentError) as caught:
        respell(text)
    assert repr(character) in str(caught.value)
    assert f"U+{ord(character):04X}" in str(caught.value)
    assert repr(text) in str(caught.value)


@pytest.mark.parametrize("text", ["", "  \n", "…", "()"])
def test_a_line_needs_words(text: str) -> None:
    with pytest.raises(DescentError, match="nothing to say"):
        respell(text)
