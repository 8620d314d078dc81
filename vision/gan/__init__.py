"""What the three generators share: networks, pictures of two domains, the measure, and the loop."""
