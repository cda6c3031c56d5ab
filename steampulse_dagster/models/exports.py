"""What can be exported: the data sets, their columns in order, and what each column means."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

ColumnKind = Literal["id", "integer", "number", "truth", "text", "time"]
"""`id` is a 64-bit number, which JSON writes as text because many readers of JSON lose digits. `time` is UTC."""


class Dataset(StrEnum):
    """A table that can be exported for a set of games."""

    REVIEWS = "reviews"
    SIGNALS = "signals"
    EVIDENCE = "evidence"
    REPORTS = "reports"


MEANINGS: dict[Dataset, str] = {
    Dataset.REVIEWS: "Stored reviews, one row each, by game and id.",
    Dataset.SIGNALS: "Items of the sections of the current reports, one row each.",
    Dataset.EVIDENCE: "Mentions behind those items: one row for each review that says it, in each of their sections.",
    Dataset.REPORTS: "Current reports, one row each: the headline, and the whole as JSON.",
}
"""What a row of each is."""


class ExportFormat(StrEnum):
    """How a table is written."""

    CSV = "csv"
    """UTF-8, all cells quoted; a text that a spreadsheet would take for a formula begins with an apostrophe."""
    JSONL = "jsonl"
    """One JSON object a line."""
    PARQUET = "parquet"


@dataclass(frozen=True)
class Column:
    """A column of a data set."""

    name: str
    kind: ColumnKind
    meaning: str
    is_optional: bool = False


_APPID = Column("appid", "integer", "Steam's number of the game")
_REVIEW_ID = Column("recommendationid", "id", "Steam's number of the review; with `appid` it names a review for ever")
_SECTION = Column("section", "text", "Section of the report, such as `gameplay_friction`")
_TOPIC = Column("topic", "text", "Machine name of what is said; stable between reports of one analyst")
_SIGNAL_ID = Column("signal_id", "text", "`appid:section:topic`: the same item in every report of one analyst")
_REPORT_ID = Column("report_id", "id", "Number of the report, which never changes")

COLUMNS: dict[Dataset, tuple[Column, ...]] = {
    Dataset.REVIEWS: (
        _APPID,
        _REVIEW_ID,
        Column("author_key", "text", "Salted hash of the author's Steam id, or the id if the settings store it"),
        Column("language", "text", "As Steam names it, such as `schinese`"),
        Column("review", "text", "As Steam sent it, without what PostgreSQL cannot store; at most 8,000 characters"),
        Column("voted_up", "truth", "Whether the author recommends the game"),
        Column("timestamp_created", "time", "When it was written"),
        Column("timestamp_updated", "time", "When it was last edited"),
        Column("playtime_at_review", "integer", "Minutes played when it was written", is_optional=True),
        Column("playtime_forever", "integer", "Minutes played when it was last crawled"),
        Column("deck_playtime_at_review", "integer", "Of these, minutes on a Steam Deck"),
        Column("votes_up", "integer", "Readers who found it helpful"),
        Column("votes_funny", "integer", "Readers who found it funny"),
        Column("weighted_vote_score", "number", "Steam's own helpfulness, 0 to 1"),
        Column("comment_count", "integer", "Comments below it"),
        Column("steam_purchase", "truth", "Whether the author bought the game on Steam"),
        Column("received_for_free", "truth", "Whether the author says that the game was a gift"),
        Column("refunded", "truth", "Whether the author gave the game back"),
        Column("written_during_early_access", "truth", "Whether the game was in early access then"),
        Column("primarily_steam_deck", "truth", "Whether the author played mainly on a Steam Deck"),
        Column("offtopic", "truth", "Whether it lies in a period that Steam leaves out of its own score"),
        Column("developer_response", "text", "What the developer answered", is_optional=True),
        Column("timestamp_dev_responded", "time", "When the developer answered", is_optional=True),
        Column("content_hash", "text", "Digest of text and vote: it changes when either does"),
    ),
    Dataset.SIGNALS: (
        _SIGNAL_ID,
        _APPID,
        _REPORT_ID,
        _SECTION,
        Column("place", "integer", "Place in its section, from 1"),
        _TOPIC,
        Column("label", "text", "Name for readers"),
        Column("statement", "text", "A sentence by a language model; none from the local analyst", is_optional=True),
        Column("mentions", "integer", "Reviews that say so"),
        Column("read", "integer", "Reviews that were read: what `share` is of"),
        Column("share", "number", "`mentions` of `read`, 0 to 1", is_optional=True),
        Column("share_low", "number", "Lower end of Wilson's 95 % interval", is_optional=True),
        Column("share_high", "number", "Upper end of Wilson's 95 % interval", is_optional=True),
        Column("population", "text", "What `read` counts"),
        Column("positive_votes", "integer", "Of the mentioning reviews, those that recommend the game"),
        Column(
            "median_playtime_at_review", "number", "Minutes, over the mentioning reviews that tell it", is_optional=True
        ),
        Column("first_mentioned", "time", "Creation of the first mentioning review"),
        Column("last_mentioned", "time", "Creation of the last mentioning review"),
    ),
    Dataset.EVIDENCE: (
        _SIGNAL_ID,
        _APPID,
        _REVIEW_ID,
        _SECTION,
        _TOPIC,
        Column("signal", "text", "Kind of signal of pass 1 that the mention was found as"),
        Column("quote", "text", "Verbatim from the review as it was read", is_optional=True),
        Column("voted_up", "truth", "Whether the author recommends the game"),
        Column("hours_at_review", "number", "Hours played when it was written", is_optional=True),
        Column("language", "text", "As Steam names it"),
        Column("created_at", "time", "When the review was written"),
        Column("votes_up", "integer", "Readers who found the review helpful"),
        Column("url", "text", "Where it is on Steam; without author ids the game's reviews in its language"),
    ),
    Dataset.REPORTS: (
        _APPID,
        _REPORT_ID,
        Column("report_key", "text", "Digest of everything that the report was made from"),
        Column("name", "text", "The game's name"),
        Column("created_at", "time", "When the report was made"),
        Column("data_time", "time", "Creation of the newest review that it knows"),
        Column("stored", "integer", "Reviews stored: the population of sentiment"),
        Column("read", "integer", "Reviews that the analyst read: the population of every item"),
        Column("positive", "integer", "Stored reviews that recommend the game"),
        Column("sentiment", "number", "`positive` of `stored`; none below 10 reviews", is_optional=True),
        Column("sentiment_low", "number", "Lower end of Wilson's 95 % interval", is_optional=True),
        Column("sentiment_high", "number", "Upper end of Wilson's 95 % interval", is_optional=True),
        Column("sentiment_label", "text", "Steam's own word for it"),
        Column("hidden_gem", "number", "0 (known or not good) to 1 (excellent and unknown)", is_optional=True),
        Column("analyst", "text", "Engine, model and version"),
        Column("report", "text", "The whole report as JSON; its schema is `report.schema.json`"),
    ),
}
