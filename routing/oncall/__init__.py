"""Who is on call: layers, rotations, restrictions, overrides and swaps, shifts and gaps; pure."""
