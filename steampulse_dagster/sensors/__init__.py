"""Sensors: each asks a service what is due and a pure function what to do, and returns requests with stable keys."""
