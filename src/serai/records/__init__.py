"""Every record as one frozen pydantic model."""
