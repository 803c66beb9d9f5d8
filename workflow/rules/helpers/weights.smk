# What the rules of weights ask of the configuration.


def weights_settings(*keys):
    return {key: config["weights"][key] for key in keys}
