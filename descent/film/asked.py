"""What a film asks and answers: it begins with the question, and its last card answers."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Asked:
    """What a course says of a film; each is empty if it says nothing.

    Attributes:
        question: What the screen shows first, in the title's place.
        answer: What the last card says, in a sentence.
        following: What the next film asks.
    """

    question: str = ""
    answer: str = ""
    following: str = ""


NOTHING_ASKED = Asked()
"""What is said of a film that is in no course."""
