"""Operating system -> `Raw*` values in memory. Platform code lives in `backends/` alone."""
