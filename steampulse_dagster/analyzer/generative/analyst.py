"""The generative analyst: two passes over whatever language model it is handed. It knows no prices and no storage."""

from collections.abc import Sequence
from typing import Any

import structlog

from steampulse_dagster.analyzer.generative import extraction, joining, synthesis
from steampulse_dagster.analyzer.generative.prompts import Prompt, get_prompts_version
from steampulse_dagster.analyzer.generative.replies import UnusableReplyError, read_object
from steampulse_dagster.analyzer.generative.requests import build_request, build_retry
from steampulse_dagster.errors import AnalystError
from steampulse_dagster.models.analysis import ChunkSignals, Provenance, ReviewChunk, Signal, TopicLine
from steampulse_dagster.models.llm import LanguageModel, ModelLimits, ModelRequest, Purpose, StopKind
from steampulse_dagster.models.reports import SECTION_NAMES, GameBrief, ReportDraft

log = structlog.get_logger()

RULES_VERSION = "1"
"""Of how answers are read: raise it when the same answer would become another artefact."""
MAX_ATTEMPTS = 4
"""With a quarter of all answers unusable, one question in 256 stays unanswered; a chunk is then halved."""
MAX_ATTEMPTS_OF_PARTS = 2
"""Parts are asked about because of one bad review among them; it need not be paid for four times on every level."""
MAX_PARTS = 24
"""Questions about parts of one chunk: enough to corner two bad reviews of 50, and an end where a model refuses all."""

_KEYS: dict[Purpose, tuple[str, ...]] = {
    Purpose.EXTRACT_CHUNK: tuple(signal.value for signal in Signal),
    Purpose.REPAIR: ("quotes",),
    Purpose.JOIN_LABELS: ("same",),
    Purpose.SYNTHESIZE: SECTION_NAMES,
}
"""What an answer has to hold: one without a kind of finding is not one that found none."""


class GenerativeAnalyst:
    """Implements Analyst. Asks a small model about chunks and labels, a large one about the report."""

    def __init__(self, model: LanguageModel, *, engine: str, small: ModelLimits, large: ModelLimits) -> None:
        self._model = model
        self._small, self._large = small, large
        self._provenance = Provenance(
            engine=engine,
            model=small.model if small.model == large.model else f"{small.model}+{large.model}",
            version=f"{RULES_VERSION}-{get_prompts_version()}",
            generative=True,
        )

    @property
    def provenance(self) -> Provenance:
        return self._provenance

    async def extract_chunk(self, chunk: ReviewChunk) -> ChunkSignals:
        """Pass 1: one question, and one more for the quotes that are not in their reviews.

        Where no answer can be used, or the model refuses, parts are asked about alone: one review must not silence the
        others. What it gives no answer about even alone counts as not read. Raises AnalystError where the model answers
        nothing usable about both halves: then it is the model and not a review.
        """
        try:
            return await self._extract(chunk, attempts=MAX_ATTEMPTS)
        except UnusableReplyError as error:
            return await self._extract_parts(chunk, error)

    async def join_topics(self, appid: int, topics: Sequence[TopicLine]) -> tuple[tuple[TopicLine, ...], ...]:
        """Groups of topics that mean the same; nothing is asked about fewer than two. Raises AnalystError.

        Labels that the model gives no usable answer about stay apart, which is less tidy and just as true.
        """
        if len(topics) < 2:
            return ()
        request = self._build(Prompt.JOIN_LABELS, joining.build_question(topics), appid=appid, limits=self._small)
        try:
            return joining.read_groups(await self._ask(request), topics)
        except UnusableReplyError as error:
            log.warning("labels_not_joined", appid=appid, topics=len(topics), reason=error.message)
            return ()

    async def synthesize(self, brief: GameBrief) -> ReportDraft:
        """Pass 2: one question about everything that was found. Raises AnalystError.

        A model that refuses is asked once more without the strangers' quotes. Where no answer can be used, the report
        lists the findings by their counts, and says what is missing and why.
        """
        reason = ""
        for with_quotes in (True, False):
            question = synthesis.build_question(brief, with_quotes=with_quotes)
            request = self._build(Prompt.SYNTHESIZE, question.text, appid=brief.facts.appid, limits=self._large)
            try:
                return synthesis.read_draft(await self._ask(request), question)
            except UnusableReplyError as error:
                reason = reason or error.message
                if not error.filtered:
                    break
        log.warning("report_not_drafted", appid=brief.facts.appid, reason=reason)
        told = f"The language model gave no usable answer ({reason})."
        return synthesis.build_plain_draft(synthesis.build_question(brief), reason=told)

    def build_extraction_request(self, chunk: ReviewChunk) -> ModelRequest:
        """The first question about a chunk: what bulk delivery sends ahead, under the key that pass 1 looks for."""
        return self._build(
            Prompt.EXTRACT_CHUNK,
            extraction.build_question(chunk),
            appid=chunk.appid,
            limits=self._small,
            reviews=len(chunk.reviews),
        )

    def build_join_request(self, appid: int, topics: Sequence[TopicLine]) -> ModelRequest:
        """The question about labels that mean the same."""
        return self._build(Prompt.JOIN_LABELS, joining.build_question(topics), appid=appid, limits=self._small)

    def build_synthesis_request(self, brief: GameBrief) -> ModelRequest:
        """The first question of pass 2."""
        question = synthesis.build_question(brief)
        return self._build(Prompt.SYNTHESIZE, question.text, appid=brief.facts.appid, limits=self._large)

    async def _extract(self, chunk: ReviewChunk, *, attempts: int) -> ChunkSignals:
        """One question about a chunk or a part of it. Raises UnusableReplyError."""
        request = self.build_extraction_request(chunk)
        found = extraction.read_extraction(await self._ask(request, attempts=attempts), chunk)
        if extraction.is_beyond_repair(found, chunk.reviews):
            found = await self._extract_again(chunk, request, found)
        failed = extraction.list_failed_quotes(found, chunk.reviews)
        if failed:
            await self._mend(chunk, found, failed)
        return extraction.build_signals(found, chunk.reviews)

    async def _extract_again(
        self, chunk: ReviewChunk, request: ModelRequest, first: extraction.Extraction
    ) -> extraction.Extraction:
        """The better of two answers, after a first most of whose quotes are not where it says."""
        why = UnusableReplyError("most quotes were not in the reviews they named", stop=StopKind.FINISHED)
        log.info("reply_unusable", appid=chunk.appid, purpose=request.purpose.value, reason=why.message)
        question = build_retry(request, attempt=2, why=why, limits=self._small)
        try:
            second = extraction.read_extraction(await self._ask(question, attempts=1), chunk)
        except UnusableReplyError:
            return first
        return max(first, second, key=lambda found: extraction.count_proven(found, chunk.reviews))

    async def _extract_parts(self, chunk: ReviewChunk, error: UnusableReplyError) -> ChunkSignals:
        """The chunk in halves, and of those that give no answer the halves again, down to the reviews at fault."""
        waiting = [(chunk.reviews, error)]
        parts: list[ChunkSignals] = []
        asked = 0
        while waiting:
            reviews, error = waiting.pop(0)
            if len(reviews) == 1 or asked + 2 > MAX_PARTS:
                parts.append(extraction.build_refused(reviews))
                continue
            log.info("chunk_halved", appid=chunk.appid, chunk_no=chunk.chunk_no, of=len(reviews), reason=error.message)
            middle = len(reviews) // 2
            failed = []
            for half in (reviews[:middle], reviews[middle:]):
                asked += 1
                try:
                    part = chunk.model_copy(update={"reviews": half})
                    parts.append(await self._extract(part, attempts=MAX_ATTEMPTS_OF_PARTS))
                except UnusableReplyError as reason:
                    failed.append((half, reason))
            if len(failed) == 2 and not parts and not any(reason.filtered for _, reason in failed):
                raise _tell(error, of=f"chunk {chunk.chunk_no}", appid=chunk.appid) from error
            waiting += failed
        return extraction.merge_signals(parts)

    async def _mend(
        self, chunk: ReviewChunk, found: extraction.Extraction, failed: Sequence[extraction.FailedQuote]
    ) -> None:
        """Ask once for quotes that hold. A repair that cannot be used leaves them to be dropped and counted."""
        question = extraction.build_repair_question(failed, chunk.reviews)
        request = self._build(Prompt.REPAIR_EXTRACTION, question, appid=chunk.appid, limits=self._small)
        try:
            answer = read_object(await self._model.answer(request), keys=_KEYS[request.purpose])
        except UnusableReplyError as error:
            log.info("repair_unusable", appid=chunk.appid, chunk_no=chunk.chunk_no, reason=error.message)
            return
        extraction.mend_quotes(answer, found, failed, chunk.reviews)

    async def _ask(self, request: ModelRequest, *, attempts: int = MAX_ATTEMPTS) -> dict[str, Any]:
        """The object that answers a request; asked again where the answer cannot be read. Raises UnusableReplyError."""
        question = request
        for attempt in range(1, attempts + 1):
            try:
                return read_object(await self._model.answer(question), keys=_KEYS[request.purpose])
            except UnusableReplyError as error:
                log.info("reply_unusable", appid=request.appid, purpose=request.purpose.value, reason=error.message)
                if not error.retryable or attempt == attempts:
                    raise
                question = build_retry(request, attempt=attempt + 1, why=error, limits=self._limits_of(request))
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _limits_of(self, request: ModelRequest) -> ModelLimits:
        return self._large if request.purpose is Purpose.SYNTHESIZE else self._small

    def _build(
        self, prompt: Prompt, user: str, *, appid: int, limits: ModelLimits, reviews: int | None = None
    ) -> ModelRequest:
        return build_request(
            prompt, user, appid=appid, model=limits.model, max_tokens=limits.answer_tokens, reviews=reviews
        )


def _tell(error: UnusableReplyError, *, of: str, appid: int) -> AnalystError:
    message = f"The analyst's answer about {of} of {appid} cannot be used: {error.message}."
    return AnalystError(message, retryable=error.retryable, appid=appid)
