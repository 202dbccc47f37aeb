"""How many workers, partitions and bytes a load takes: figures that were measured, and sums."""
