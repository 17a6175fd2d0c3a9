/* idle.c - everybody signs in and waits: what does a quiet session cost? */
#include "scenario.h"

const struct scenario idle_scenario = {
    .name = "idle",
    .help = "sessions that do nothing; good also when the server ends them by shutting down",
};
