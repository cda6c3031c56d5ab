"""How often is an app of Steam classified rightly: by Steam's type, by its name beside other names, by its name alone?

On the labelled titles of `tests/library` (`tests/app_titles.py` says which of them rules were made by, and which not).
`right` is the share of titles that get their kind (micro precision and recall in one); `precision` and `recall` are
means over the kinds. Always calling an app a game, the baseline, is what a library without any rules does.

    uv run python benchmarks/app_kinds.py [--quick] [--json]
"""

import argparse
import json
import time
import tracemalloc

from steampulse_dagster.services.game_names import GameNames
from tests.app_titles import (
    DEVELOPED_ON,
    HELD_OUT,
    by_names,
    by_type,
    by_words,
    list_half,
    list_ownable,
    list_titles,
    mean,
    score,
)

TITLES = {
    "all": list_titles(),
    "half_developed_on": list_half(DEVELOPED_ON),
    "half_held_out": list_half(HELD_OUT),
    "written_later": list_titles("de"),
    "written_last": list_titles("f"),
    "hard": list_titles("abd"),
    "a_library_can_hold": list_ownable(),
}
JUDGES = {"type": by_type, "names": by_names, "words": by_words, "always_game": lambda _row: "game"}
AIMS = {
    "all_type_right": 0.97,
    "all_names_right": 0.9,
    "all_words_right": 0.9,
    "half_held_out_names_right": 0.9,
    "written_later_names_right": 0.9,
    "written_last_names_right": 0.9,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="the same: it takes seconds")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    arguments = parser.parse_args()
    figures: dict[str, float] = {}
    for name, rows in TITLES.items():
        figures[f"{name}_titles"] = len(rows)
        for judge_name, judge in JUDGES.items():
            kinds, right = score(rows, judge)
            told = {"right": right, "precision": mean(kinds, 0), "recall": mean(kinds, 1)}
            told |= {"precision_of_game": kinds["game"][0], "recall_of_game": kinds["game"][1]}
            figures |= {f"{name}_{judge_name}_{what}": round(value, 3) for what, value in told.items()}
    for kind, (precision, recall) in sorted(score(TITLES["all"], by_names)[0].items()):
        figures[f"all_names_{kind}_titles"] = sum(row["kind"] == kind for row in TITLES["all"])
        figures |= {f"all_names_{kind}_precision": round(precision, 3), f"all_names_{kind}_recall": round(recall, 3)}
    figures |= measure_names()
    result = {"figures": figures, "aims": AIMS, "met": all(figures[name] >= aim for name, aim in AIMS.items())}
    if arguments.json:
        print(json.dumps(result))
        return
    for name, value in figures.items():
        print(f"{name:44} {value}")
    print("met" if result["met"] else "NOT met")


def measure_names() -> dict[str, float]:
    """What it costs to hold the names of a catalogue of about Steam's size."""
    names = [f"{row['title']} {number}" for number in range(220) for row in TITLES["all"]]
    tracemalloc.start()
    GameNames(names)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    started = time.process_time()
    GameNames(names)
    seconds = round(time.process_time() - started, 2)
    return {"catalog_names": len(names), "catalog_cpu_seconds": seconds, "catalog_mb": round(most / 1e6, 1)}


if __name__ == "__main__":
    main()
