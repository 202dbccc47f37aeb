"""Stories with time: what people live through, told from the first alert to the last page."""
