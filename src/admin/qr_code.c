/* qr_code.c - see qr_code.h. */
#include "admin/qr_code.h"

#include "base/error.h"

#include <langinfo.h>
#include <locale.h>
#include <qrencode.h>
#include <string.h>
#include <unistd.h>

enum {
    MARGIN = 4 /* modules, ISO/IEC 18004 5.3.8 */
};

#define COLOURS     "\x1b[30;107m" /* black on white */
#define COLOURS_END "\x1b[0m"

bool
qr_code_fits(FILE *file)
{
    if (!isatty(fileno(file)))
        return false;
    (void)setlocale(LC_CTYPE, "");
    return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

static bool
is_dark(const QRcode *code, int x, int y)
{
    x -= MARGIN;
    y -= MARGIN;
    return x >= 0 && y >= 0 && x < code->width && y < code->width &&
           (code->data[y * code->width + x] & 1);
}

/* By upper + 2 * lower. */
static const char *const blocks[] = { " ", "\u2580", "\u2584", "\u2588" };

int
qr_code_print(FILE *file, const char *text)
{
    QRcode *code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_L);
    int side;

    if (!code)
        return E_TOO_BIG;
    side = code->width + 2 * MARGIN;
    for (int y = 0; y < side; y += 2) {
        (void)fputs(COLOURS, file);
        for (int x = 0; x < side; x++)
            (void)fputs(blocks[is_dark(code, x, y) + 2 * is_dark(code, x, y + 1)], file);
        (void)fputs(COLOURS_END "\n", file);
    }
    QRcode_free(code);
    return 0;
}
