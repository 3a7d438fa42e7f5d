/* tocsin-courier: a shim, see courier.c. */
#include "config.h"

#include "courier/courier.h"

int main(int argc, char **argv)
{
	return courier_main(argc, argv);
}
