"""Sizes of a run's task past one machine, as tags that the ECS launcher reads: CPU in 1/1024, memory in MB.

Memory leaves at least twice the peak that was measured (docs/operations.md). A run's own tags win; one that names no
job (an asset picked in the UI) gets the size that the task definition gives.
"""

SMALL_TASK = {"ecs/cpu": "512", "ecs/memory": "1024"}
"""Waits for Steam, IGDB or the database."""
MIDDLING_TASK = {"ecs/cpu": "1024", "ecs/memory": "2048"}
"""Builds requests for a language model that works elsewhere and reads its answers; holds the statuses of all games."""
LARGE_TASK = {"ecs/cpu": "2048", "ecs/memory": "4096"}
"""The local analyst computes, on as many cores as there are."""
