"""The Trajectories room: what an agent saw, thought and did, step by step, finished or live."""
