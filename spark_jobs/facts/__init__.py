"""The words of the pipeline: standard library only, shared by jobs, command and Lambdas."""
