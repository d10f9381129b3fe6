# One outline per kind of affiliation, so that colour is never the only sign.
# Each fits a circle of radius 5 or so around 0,0.
SHAPES = {
    "sister": "M5 0A5 5 0 1 1-5 0A5 5 0 1 1 5 0Z",
    "cooperation": (
        "M5 0A5 5 0 1 1-5 0A5 5 0 1 1 5 0Z"
        "M2.2 0A2.2 2.2 0 1 0-2.2 0A2.2 2.2 0 1 0 2.2 0Z"
    ),
    "bpc": "M0-5.6 5.6 0 0 5.6-5.6 0Z",
    "mou": "M-4.4-4.4H4.4V4.4H-4.4Z",
    "port": "M0-5.4 5.4 4.2H-5.4Z",
    "office": "M-1.9-5H1.9V-1.9H5V1.9H1.9V5H-1.9V1.9H-5V-1.9H-1.9Z",
}
