"""What people hold: scores, poems, scripts, sounds, pictures. Frozen values, numpy only, no torch."""
