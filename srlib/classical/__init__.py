"""The methods before the networks that are trained here: A+ and SRF."""
