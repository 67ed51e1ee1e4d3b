"""The sections of the brief, one module each; every module has one public function from a desk to a section."""
