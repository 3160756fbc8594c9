"""Checks of the units: inputs, expected arrays and judges. Never imported in the sandbox."""
