package main

import "fmt"

func main() {
	fmt.Println("waiting for jobs")
	jobs := make(chan int)
	fmt.Println(<-jobs)
}
