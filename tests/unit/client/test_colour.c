/* test_colour.c - XEP-0392's own vectors, and the contrast that we promise. */
#include "client/colour_private.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* XEP-0392 12.1, made with saturation 100 and lightness 50. */
static const struct {
    const char *text;
    double angle, red, green, blue;
} vectors[] = {
    { "Romeo", 327.255249, 0.865, 0.000, 0.686 },
    { "juliet@capulet.lit", 209.410400, 0.000, 0.515, 0.573 },
    { "😺", 331.199341, 0.872, 0.000, 0.659 },
    { "council", 359.994507, 0.918, 0.000, 0.394 },
    { "Board", 171.430664, 0.000, 0.527, 0.457 },
};

static void
assert_near(double a, double b, double distance)
{
    if (fabs(a - b) > distance)
        fail_msg("%f is not %f", a, b);
}

static void
vectors_hold(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        JdColour colour = colour_from_hue(colour_angle(vectors[i].text), 50.0);
        assert_near(colour_angle(vectors[i].text), vectors[i].angle, 0.000001);
        assert_near(colour.red, vectors[i].red, 0.0006);
        assert_near(colour.green, vectors[i].green, 0.0006);
        assert_near(colour.blue, vectors[i].blue, 0.0006);
    }
}

/* WCAG 2.1, relative luminance. */
static double
linear(double c)
{
    return c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4);
}

static double
luminance(JdColour c)
{
    return 0.2126 * linear(c.red) + 0.7152 * linear(c.green) + 0.0722 * linear(c.blue);
}

static void
names_can_be_read(void **state)
{
    const double white = 1.0, dark_grey = 0.02956; /* #303030 */
    (void)state;
    for (int i = 0; i < 2000; i++) {
        g_autofree char *name = g_strdup_printf("name %d", i);
        double on_light = luminance(jd_colour_for_name(name, FALSE));
        double on_dark = luminance(jd_colour_for_name(name, TRUE));
        assert_true((white + 0.05) / (on_light + 0.05) >= 4.5);
        assert_true((on_dark + 0.05) / (dark_grey + 0.05) >= 4.5);
    }
}

static void
empty_name_has_a_colour(void **state)
{
    (void)state;
    JdColour colour = jd_colour_for_name("", FALSE);
    assert_true(colour.red >= 0.0 && colour.red <= 1.0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_hold),
        cmocka_unit_test(names_can_be_read),
        cmocka_unit_test(empty_name_has_a_colour),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
