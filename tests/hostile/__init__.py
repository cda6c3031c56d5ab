"""Reviews written to steer, break or abuse whoever reads them; each with the kind of attack."""

from tests.hostile.reviews import HOSTILE, HostileReview

__all__ = ["HOSTILE", "HostileReview"]
