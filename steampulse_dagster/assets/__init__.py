"""Assets of the lineage; bodies ask a service and report the outcome."""
