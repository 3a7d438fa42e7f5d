/* tocsind: all of it is in the libraries, so that tests can link them. */
#include "config.h"

#include "daemon/options.h"

int main(int argc, char **argv)
{
	return options_run(argc, argv);
}
