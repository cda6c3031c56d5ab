"""The reading side over HTTP: JSON routes, report pages, exports."""
