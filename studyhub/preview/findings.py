"""Where each finding belongs: to a prompt, to a place in the notes, or above the chapter."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from content.domain.course import Chapter
from content.domain.problems import Problem
from studyhub.preview.keeping import NOTES, QUESTIONS, prompt_named


@dataclass
class Findings:
    """Of one chapter. `notes` goes by the line of the section's heading or of the block in it."""

    top: list[Problem] = field(default_factory=list)
    notes: dict[int, list[Problem]] = field(default_factory=lambda: defaultdict(list))
    prompts: dict[str, list[Problem]] = field(default_factory=lambda: defaultdict(list))

    @property
    def count(self) -> int:
        groups = [self.top, *self.notes.values(), *self.prompts.values()]
        return sum(len(group) for group in groups)


def of_course(problems: Sequence[Problem], folders: Sequence[str]) -> list[Problem]:
    """Those in no chapter that is shown."""
    return [problem for problem in problems if problem.file.partition("/")[0] not in folders]


def of_chapter(problems: Sequence[Problem], chapter: Chapter) -> Findings:
    """Those of the chapter's files, each in its place.

    What is said of a whole file is said of its first line, so a finding there stands above the
    chapter, unless it names its prompt; so does one of a prompt that never could be read.
    """
    found = Findings()
    starts = sorted(
        line
        for section in chapter.sections
        for line in (section.place.line, *(block.line for block in section.blocks))
    )
    prompts = sorted((placed.place.line, placed.prompt.id) for placed in chapter.prompts)
    ids = {id_ for _, id_ in prompts}
    for problem in problems:
        folder, _, name = problem.file.partition("/")
        if folder != chapter.folder:
            continue
        named = prompt_named(problem)
        if named is not None:
            (found.prompts[named] if named in ids else found.top).append(problem)
        elif name == NOTES and problem.line > 1 and starts and problem.line >= starts[0]:
            found.notes[starts[bisect_right(starts, problem.line) - 1]].append(problem)
        elif name == QUESTIONS and (id_ := _prompt_around(prompts, problem.line)):
            found.prompts[id_].append(problem)
        else:
            found.top.append(problem)
    return found


def _prompt_around(prompts: Sequence[tuple[int, str]], line: int) -> str | None:
    """The prompt in whose text the line stands; None on a heading, whose findings name theirs."""
    at = bisect_right(prompts, line, key=lambda start: start[0]) - 1
    return prompts[at][1] if at >= 0 and line > prompts[at][0] else None
