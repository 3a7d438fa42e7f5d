/* tocsin-courier as a function: main() is a shim, so that all of it is a library. */
#ifndef TOCSIN_COURIER_COURIER_H
#define TOCSIN_COURIER_COURIER_H

/* The exit status: 0 after the end of the link, 1 failed, 2 not started by tocsind. */
int courier_main(int argc, char **argv);

#endif
