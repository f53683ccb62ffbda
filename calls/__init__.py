"""What a call is: ids, instants, telephone numbers, the journey and the record. Pure; every room may import it."""
