"""Pages for people: view models are pure functions from models to what templates show; routes.py serves them."""
