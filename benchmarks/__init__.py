"""Speed and memory, a module each with a main()."""
