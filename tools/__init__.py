"""Programs that make things for the project: pages, sites. The product does not need them to run."""
