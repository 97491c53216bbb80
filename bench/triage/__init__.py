"""How well danger is recognised, and the training that leaves the weights. Needs scikit-learn; the bot does not."""
