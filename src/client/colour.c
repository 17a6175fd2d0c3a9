#include "client/colour.h"
#include "client/colour_private.h"

#include <math.h>

/* Tones at which every hue keeps 4.5:1 (WCAG 2.1 1.4.3) on white, and on the dark theme's greys. */
#define LIGHTNESS_ON_LIGHT 48.0
#define LIGHTNESS_ON_DARK  72.0

#define WHITE_U 0.19783000664283
#define WHITE_V 0.46831999493879

/* XEP-0392 5.1: the first two bytes of the SHA-1, little endian, as a part of a full circle. */
double
colour_angle(const char *name)
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA1);
    guint8 digest[20];
    gsize len = sizeof(digest);
    g_checksum_update(sum, (const guchar *)name, -1);
    g_checksum_get_digest(sum, digest, &len);
    return (digest[0] + digest[1] * 256) / 65536.0 * 360.0;
}

/* CIE LCh(uv) to linear sRGB, white point D65. */
static JdColour
linear_from_lch(double lightness, double chroma, double hue)
{
    double u = chroma * cos(hue) / (13.0 * lightness) + WHITE_U;
    double v = chroma * sin(hue) / (13.0 * lightness) + WHITE_V;
    double y = lightness > 8.0 ? pow((lightness + 16.0) / 116.0, 3.0) : lightness * 27.0 / 24389.0;
    double x = y * 9.0 * u / (4.0 * v);
    double z = y * (12.0 - 3.0 * u - 20.0 * v) / (4.0 * v);
    return (JdColour){
        .red = 3.240969941904521 * x - 1.537383177570093 * y - 0.498610760293 * z,
        .green = -0.96924363628087 * x + 1.87596750150772 * y + 0.041555057407175 * z,
        .blue = 0.055630079696993 * x - 0.20397695888897 * y + 1.056971514242878 * z,
    };
}

static gboolean
is_in_gamut(JdColour c)
{
    return c.red >= 0.0 && c.red <= 1.0 && c.green >= 0.0 && c.green <= 1.0 && c.blue >= 0.0 &&
           c.blue <= 1.0;
}

/* HSLuv's saturation 100: the most chroma that sRGB can show at this lightness and hue. The colours
 * that can be shown lie in one piece on the ray, so halving finds its end. */
static double
chroma_max(double lightness, double hue)
{
    double inside = 0.0, outside = 300.0;
    for (int i = 0; i < 50; i++) {
        double middle = (inside + outside) / 2.0;
        if (is_in_gamut(linear_from_lch(lightness, middle, hue)))
            inside = middle;
        else
            outside = middle;
    }
    return inside;
}

static double
gamma_encode(double linear)
{
    double value = CLAMP(linear, 0.0, 1.0);
    return value <= 0.0031308 ? 12.92 * value : 1.055 * pow(value, 1.0 / 2.4) - 0.055;
}

JdColour
colour_from_hue(double degrees, double lightness)
{
    double hue = degrees / 180.0 * G_PI;
    JdColour linear = linear_from_lch(lightness, chroma_max(lightness, hue), hue);
    return (JdColour){
        .red = gamma_encode(linear.red),
        .green = gamma_encode(linear.green),
        .blue = gamma_encode(linear.blue),
    };
}

JdColour
jd_colour_for_name(const char *name, gboolean dark)
{
    return colour_from_hue(colour_angle(name), dark ? LIGHTNESS_ON_DARK : LIGHTNESS_ON_LIGHT);
}
