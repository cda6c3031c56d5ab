"""Asks a server for addresses at a fixed rate, whether it keeps up or not, and says how long each answer took.

A process of its own: the rate of requests does not depend on the answers (an open load), and a time runs from the
moment at which a request was due, so that a server that stalls is charged with everything that piled up meanwhile.

    python benchmarks/open_load.py BASE_URL RATE SECONDS < addresses      one JSON object on standard output
"""

import asyncio
import json
import sys
import time

import aiohttp

TIMEOUT_SECONDS = 30


async def ask_all(base: str, paths: list[str], *, rate: float, seconds: float) -> dict[str, object]:
    """Times in seconds by status, of `rate` requests a second, the addresses in turn."""
    times: list[float] = []
    statuses: dict[str, int] = {}
    total = round(rate * seconds)
    timeout = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)
    connector = aiohttp.TCPConnector(limit=0)
    size = 0
    async with aiohttp.ClientSession(timeout=timeout, connector=connector, auto_decompress=False) as session:
        begin = time.perf_counter() + 0.5

        async def ask(number: int) -> None:
            nonlocal size
            due = begin + number / rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            try:
                headers = {"Accept-Encoding": "gzip", "Accept": "text/html,application/json"}
                async with session.get(base + paths[number % len(paths)], headers=headers) as answer:
                    size += len(await answer.read())
                    status = str(answer.status)
            except (aiohttp.ClientError, TimeoutError) as error:
                status = type(error).__name__
            times.append(time.perf_counter() - due)
            statuses[status] = statuses.get(status, 0) + 1

        async with asyncio.TaskGroup() as group:
            for number in range(total):
                group.create_task(ask(number))
    times.sort()
    return {"statuses": statuses, "bytes": size, "times": times, "cpu_seconds": time.process_time()}


def main() -> None:
    base, rate, seconds = sys.argv[1], float(sys.argv[2]), float(sys.argv[3])
    paths = sys.stdin.read().split()
    print(json.dumps(asyncio.run(ask_all(base, paths, rate=rate, seconds=seconds))))


if __name__ == "__main__":
    main()
