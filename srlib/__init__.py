"""srlib: models, metrics and studies behind *Super-resolution, reproduced*."""

__version__ = "0.1.0"
