/* application.h - JdApplication: the program: its options, its look, its windows.
 * Not unique: several people may each have a window of their own on one desktop.
 * Owns: nothing beyond AdwApplication. Threads: the main one. Errors: none. Spec: none.
 * Tests: tests/desktop/test_desktop.py */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define JD_TYPE_APPLICATION (jd_application_get_type())
G_DECLARE_FINAL_TYPE(JdApplication, jd_application, JD, APPLICATION, AdwApplication)

JdApplication *jd_application_new(void);

G_END_DECLS
