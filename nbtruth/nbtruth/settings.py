"""What can be set, on the command line or in an ini file."""

VALIDATOR = "nbtruth-validator"  # the name under which pytest has the plugin that does the work
SETTINGS = {  # each is an option and, with an underscore, an ini setting: (default, help)
    "rtol": ("5e-4", "relative tolerance of numbers that are not integers"),
    "atol": ("0", "absolute tolerance of numbers that are not integers"),
    "image": ("10", "how far a pixel of a figure may differ, of 255, after a slight blur"),
    "report": ("test-report", "the folder, below the root, for the pictures of figures that differ"),
}


def setting(config, name):
    given = config.getoption(f"nbtruth_{name}")
    return config.getini(f"nbtruth_{name}") if given is None else given
