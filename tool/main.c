// SPDX-License-Identifier: GPL-2.0-or-later
/* The program. Its tests have another main(), and call tool_main(), too. */
#include "tool.h"

int main(int argc, char **argv)
{
	return tool_main(argc, argv);
}
