"""What a training run will cost before anything is rented: steps, tokens, memory by part, hours."""
