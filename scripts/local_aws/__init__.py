"""A local AWS on loopback: MiniStack with the behaviour of AWS that the pipeline depends on."""
