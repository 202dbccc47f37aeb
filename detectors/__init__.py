"""Pure detection: the bank of series, detectors, calibration, anomalies."""
