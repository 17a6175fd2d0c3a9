/* figures.c - see figures.h. */
#include "figures.h"

static uint64_t
lost(const struct figures *figures)
{
    return figures->expected > figures->arrived ? figures->expected - figures->arrived : 0;
}

static double
per_second(uint64_t count, int64_t us)
{
    return us > 0 ? (double)count * 1e6 / (double)us : 0;
}

static void
print_latency(const struct latency *latency, const char *name, FILE *out)
{
    if (latency->count == 0)
        return;
    (void)fprintf(out, "%s-p50-ms %.2f\n", name, (double)latency_percentile(latency, 50) / 1000);
    (void)fprintf(out, "%s-p99-ms %.2f\n", name, (double)latency_percentile(latency, 99) / 1000);
    (void)fprintf(out, "%s-max-ms %.2f\n", name, (double)latency->max_us / 1000);
}

void
figures_print(const struct figures *figures, FILE *out)
{
    const struct {
        const char *name;
        uint64_t value;
    } counts[] = {
        { "sent", figures->sent },
        { "delivered", figures->arrived },
        { "lost", lost(figures) },
        { "doubled", figures->doubled },
        { "disordered", figures->disordered },
        { "foreign", figures->foreign },
        { "error-stanzas", figures->errors },
        { "failed-sessions", figures->failures },
        { "shut-down-sessions", figures->shut_down },
    };

    (void)fprintf(out, "sessions %u\n", figures->signed_in);
    (void)fprintf(out, "logins/s %.0f\n", per_second(figures->signed_in, figures->sign_in_us));
    print_latency(&figures->sign_ins, "login", out);
    if (figures->expected > 0) {
        (void)fprintf(out, "messages/s %.0f\n", per_second(figures->sent, figures->run_us));
        (void)fprintf(out, "deliveries/s %.0f\n", per_second(figures->arrived, figures->run_us));
    }
    print_latency(&figures->deliveries, "latency", out);
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
        (void)fprintf(out, "%s %llu\n", counts[i].name, (unsigned long long)counts[i].value);
}

bool
figures_are_good(const struct figures *figures)
{
    return lost(figures) == 0 && figures->doubled == 0 && figures->disordered == 0 &&
           figures->errors == 0 && figures->failures == 0;
}
