/* tocsin: the client. Everything is in libcli, so that tests can link it. */
#include "config.h"

#include "cli/cli.h"

int main(int argc, char **argv)
{
	return cli_main(argc, argv);
}
