"""`muse publish`: a run's best weights as a bundle, and its model card."""
