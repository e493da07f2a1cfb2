"""What a connector is made of: the contract, and all that a connector may import besides the domain."""
