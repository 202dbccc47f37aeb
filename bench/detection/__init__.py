"""How well anomalies are found, and how rarely where there is none: series, faults and rivals."""
